// The style editor: a form made of the model the server describes; the server draws, checks and saves.
const data = JSON.parse(document.getElementById("style-data").textContent);
const root = document.getElementById("style-editor");
const at = (id) => document.getElementById(id);
const english = data.language === "en";
const say = (zh, en) => (english ? en : zh);
const token = root.querySelector("[name=csrfmiddlewaretoken]").value;
const kinds = new Map(data.kinds.map((kind) => [kind.type, kind]));
const SCALES = [1000, 2000, 4000, 8000, 17000, 34000, 68000, 136000, 273000, 546000, 1091000, 2183000];

const state = { rules: data.rules, revision: data.revision, past: [], open: new Set([0]), isText: false, isSaved: true };
const view = { lon: 116.85, lat: 38.3, scale: 17000 };
if (data.extent) {
  view.lon = (data.extent[0] + data.extent[2]) / 2;
  view.lat = (data.extent[1] + data.extent[3]) / 2;
}
let chosenColor = null;
let timer = 0;
let request = null;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function send(address, body, type = "application/json") {
  return fetch(address, { method: "POST", body, headers: { "Content-Type": type, "X-CSRFToken": token }, signal: request?.signal });
}

async function faultOf(answer) {
  try {
    return (await answer.json()).error || answer.statusText;
  } catch {
    return `${answer.status} ${answer.statusText}`;
  }
}

function told(fault) {
  at("fault").hidden = !fault;
  at("fault").textContent = fault || "";
}

function form() {
  return { rules: state.rules, title: { zh: at("title-zh").value, en: at("title-en").value }, revision: state.revision };
}

// Every change goes through here: kept for undo, then drawn.
function change(act, { redraw = true } = {}) {
  state.past.push(JSON.stringify(state.rules));
  if (state.past.length > 100) state.past.shift();
  act();
  state.isSaved = false;
  at("undo").disabled = false;
  at("state").textContent = say("未保存", "Not saved");
  if (redraw) show();
  later();
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(draw, 350);
}

async function draw() {
  request?.abort();
  request = new AbortController();
  const picture = at("picture");
  picture.classList.add("waiting");
  try {
    const answer = await send(root.dataset.preview, JSON.stringify({ ...form(), ...view, base: at("base").value, width: 640, height: 440 }));
    if (!answer.ok) {
      told(await faultOf(answer));
      return;
    }
    told("");
    URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(await answer.blob());
  } catch (error) {
    if (error.name !== "AbortError") told(say("服务没有应答", "The server does not answer"));
    return;
  }
  picture.classList.remove("waiting");
}

function show() {
  at("text").hidden = !state.isText;
  at("rules").hidden = state.isText;
  at("add-rule").disabled = state.isText;
  if (state.isText) {
    at("text").value = JSON.stringify({ version: 1, rules: state.rules }, null, 2);
    return;
  }
  at("rules").replaceChildren(...state.rules.map(ruleCard));
}

function tool(sign, title, act, disabled = false) {
  return element("button", { type: "button", textContent: sign, title, ariaLabel: title, disabled, onclick: act });
}

function labelled(title, input, isWide = false) {
  return element("label", { className: isWide ? "wide" : "" }, title, input);
}

function ruleCard(rule, place) {
  const card = element("details", { className: "rule", open: state.open.has(place) });
  card.addEventListener("toggle", () => (card.open ? state.open.add(place) : state.open.delete(place)));
  const title = rule.title?.[english ? "en" : "zh"] || rule.title?.zh || rule.name || say("规则", "Rule");
  const chips = (rule.symbolizers || []).map((each) => element("span", { className: "chip" }, nameOf(each.type)));
  card.append(element("summary", {}, `${place + 1}. ${title} `, ...chips));
  const inside = element("div", { className: "inside" });
  const titles = element("div", { className: "row" });
  for (const [key, words] of [["zh", say("中文题目", "Chinese title")], ["en", say("英文题目", "English title")]]) {
    const input = element("input", { value: rule.title?.[key] || "", maxLength: 120 });
    input.onchange = () => change(() => (rule.title = { ...rule.title, [key]: input.value }));
    titles.append(labelled(words, input));
  }
  for (const [key, words] of [["maxScale", say("从比例尺 1:", "From scale 1:")], ["minScale", say("到比例尺 1:", "To scale 1:")]]) {
    const input = element("input", { type: "number", min: 0, value: rule[key] || "" });
    input.onchange = () => change(() => set(rule, key, input.value === "" ? undefined : Number(input.value)));
    titles.append(labelled(words, input));
  }
  const condition = element("input", { value: rule.filter || "", placeholder: say("留空 = 其余全部要素", "empty = all that are left") });
  condition.setAttribute("list", "field-names");
  condition.onchange = () => change(() => (rule.filter = condition.value));
  titles.append(labelled(say("条件（CQL2）", "Condition (CQL2)"), condition, true));
  inside.append(titles, ...(rule.symbolizers || []).map((each, n) => symbolizerCard(rule, each, n)), adding(rule), ruleTools(place));
  card.append(inside);
  return card;
}

function ruleTools(place) {
  const move = (to) => change(() => state.rules.splice(to, 0, ...state.rules.splice(place, 1)));
  return element("div", { className: "tools" },
    tool("↑", say("上移", "Move up"), () => move(place - 1), place === 0),
    tool("↓", say("下移", "Move down"), () => move(place + 1), place === state.rules.length - 1),
    tool("+", say("复制规则", "Copy rule"), () => change(() => state.rules.splice(place + 1, 0, structuredClone(state.rules[place])))),
    tool("✕", say("删除规则", "Delete rule"), () => change(() => state.rules.splice(place, 1)), state.rules.length === 1));
}

function adding(rule) {
  const choice = element("select", { ariaLabel: say("添加符号", "Add a symbol") }, element("option", { value: "" }, say("＋ 添加符号", "＋ Add a symbol")));
  choice.append(...data.kinds.map((kind) => element("option", { value: kind.type }, kind.title[english ? 1 : 0])));
  choice.onchange = () => change(() => (rule.symbolizers = [...(rule.symbolizers || []), fresh(choice.value)]));
  return choice;
}

function fresh(type) {
  const made = { type };
  for (const value of kinds.get(type).values) {
    if (!("default" in value)) made[value.name] = value.kind === "color" ? "#2f7fb8" : value.kind === "choice" ? value.choices[0] : `{${data.fields[0]?.name || ""}}`;
  }
  return made;
}

function nameOf(type) {
  return kinds.get(type)?.title[english ? 1 : 0] || type;
}

function set(target, key, value) {
  if (value === undefined) delete target[key];
  else target[key] = value;
}

function symbolizerCard(rule, symbolizer, place) {
  const list = rule.symbolizers;
  const move = (to) => change(() => list.splice(to, 0, ...list.splice(place, 1)));
  const tools = element("span", { className: "tools" },
    tool("↑", say("先画", "Draw earlier"), () => move(place - 1), place === 0),
    tool("↓", say("后画", "Draw later"), () => move(place + 1), place === list.length - 1),
    tool("✕", say("删除符号", "Delete the symbol"), () => change(() => list.splice(place, 1))));
  const row = element("div", { className: "row" });
  const kind = kinds.get(symbolizer.type);
  if (kind) row.append(...kind.values.map((value) => field(symbolizer, value)));
  return element("div", { className: "symbol" }, element("h4", {}, nameOf(symbolizer.type), tools), row);
}

function field(symbolizer, value) {
  const current = symbolizer[value.name] ?? value.default;
  const title = value.title[english ? 1 : 0];
  const store = (given) => change(() => set(symbolizer, value.name, JSON.stringify(given) === JSON.stringify(value.default) ? undefined : given), { redraw: false });
  switch (value.kind) {
    case "color":
      return labelled(title, colorField(current, store));
    case "choice": {
      const choice = element("select", {}, ...value.choices.map((each) => element("option", { value: each, selected: each === current }, each)));
      choice.onchange = () => store(choice.value);
      return labelled(title, choice);
    }
    case "flag": {
      const box = element("input", { type: "checkbox", checked: current });
      box.onchange = () => store(box.checked);
      return labelled(title, box);
    }
    case "series": {
      const input = element("input", { value: current?.length ? JSON.stringify(current) : "", placeholder: value.name === "ramp" ? '[[0,"#3f7f6e"],[60,"#efe9e4"]]' : "[8,4]" });
      input.onchange = () => {
        try {
          store(input.value.trim() ? JSON.parse(input.value) : value.default);
        } catch {
          told(`${title}: JSON`);
        }
      };
      return labelled(title, input, value.name === "ramp");
    }
    case "words": {
      const input = element("input", { value: current ?? "", maxLength: 200 });
      input.setAttribute("list", "field-templates");
      input.onchange = () => store(input.value);
      return labelled(title, input, true);
    }
  }
  const [min, max] = value.range || [undefined, undefined];
  const input = element("input", { type: "number", step: "any", value: current ?? "", min, max });
  input.onchange = () => store(input.value === "" ? value.default : Number(input.value));
  return labelled(title, input);
}

function colorField(current, store) {
  const box = element("span", { className: "color" });
  const picker = element("input", { type: "color", value: current || "#000000" });
  const words = element("input", { value: current || "", placeholder: say("无", "none"), maxLength: 7 });
  const put = (color) => {
    words.value = color;
    if (color) picker.value = color;
    store(color);
  };
  picker.onchange = () => put(picker.value);
  words.onchange = () => put(words.value.trim().toLowerCase());
  // No onfocusin: browsers know this event by listener only.
  box.addEventListener("focusin", () => {
    document.querySelector(".color.on")?.classList.remove("on");
    box.classList.add("on");
    chosenColor = put;
  });
  box.append(picker, words);
  return box;
}

function showSwatches() {
  const found = data.palettes[Number(at("palette").value)];
  at("swatches").replaceChildren(...found.swatches.map(([color, name, source]) => {
    const made = tool("", `${name} ${color}\n${source}`, () => chosenColor?.(color));
    made.style.background = color;
    return made;
  }));
}

async function take(file) {
  const answer = await send(root.dataset.take, await file.arrayBuffer(), "application/octet-stream");
  if (!answer.ok) {
    told(await faultOf(answer));
    at("dropped").replaceChildren();
    return;
  }
  const found = await answer.json();
  state.open = new Set([0]);
  change(() => (state.rules = found.rules));
  const lines = found.dropped.map((each) => element("li", {}, element("code", {}, each.path), ` ${each.words}`));
  at("dropped").replaceChildren(...(lines.length ? lines : [element("li", {}, say("全部读入，没有遗漏", "All of it was taken"))]));
}

async function give(language) {
  const answer = await send(`${root.dataset.export}?f=${language}`, JSON.stringify(form()));
  if (!answer.ok) {
    told(await faultOf(answer));
    return;
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "")?.[1] || "style";
  const link = element("a", { href: URL.createObjectURL(await answer.blob()), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function save() {
  const answer = await send(root.dataset.save, JSON.stringify(form()));
  if (!answer.ok) {
    told(await faultOf(answer));
    return;
  }
  state.revision = (await answer.json()).revision;
  state.isSaved = true;
  told("");
  at("style-title").textContent = at(english ? "title-en" : "title-zh").value || at("title-zh").value;
  at("state").textContent = say(`已保存，修订 ${state.revision}`, `Saved, revision ${state.revision}`);
}

function move(direction) {
  const span = (view.scale * 0.00028 * 200) / 111319.49;
  const [x, y] = [[-1, 0], [0, 1], [0, -1], [1, 0]][direction];
  view.lon += x * span;
  view.lat = Math.max(-84, Math.min(84, view.lat + y * span * Math.cos((view.lat * Math.PI) / 180)));
  draw();
}

at("title-zh").value = data.title.zh;
at("title-en").value = data.title.en;
for (const id of ["title-zh", "title-en"]) at(id).onchange = () => change(() => {}, { redraw: false });
at("base").append(...data.bases.map((each, n) => element("option", { value: each.slug, selected: n === 0 }, each.title)));
at("base").onchange = draw;
at("scale").append(...SCALES.map((each) => element("option", { value: each, selected: each === view.scale }, each.toLocaleString("en").replaceAll(",", " "))));
at("scale").onchange = () => {
  view.scale = Number(at("scale").value);
  draw();
};
for (const each of root.querySelectorAll("[data-move]")) each.onclick = () => move(Number(each.dataset.move));
for (const each of root.querySelectorAll("button[data-export]")) each.onclick = () => give(each.dataset.export);
at("palette").append(...data.palettes.map((each, n) => element("option", { value: n }, each.title)));
at("palette").onchange = showSwatches;
at("file").onchange = () => at("file").files[0] && take(at("file").files[0]);
at("save").onclick = save;
at("add-rule").onclick = () => change(() => {
  state.open = new Set([0]);
  state.rules.unshift({ name: `rule-${state.rules.length + 1}`, title: { zh: "", en: "" }, filter: "", symbolizers: [fresh(data.kinds[0].type)] });
});
at("undo").onclick = () => {
  state.rules = JSON.parse(state.past.pop());
  at("undo").disabled = !state.past.length;
  show();
  draw();
};
at("as-text").onclick = () => {
  state.isText = !state.isText;
  at("as-text").ariaPressed = String(state.isText);
  show();
};
at("text").onchange = () => {
  try {
    const given = JSON.parse(at("text").value);
    change(() => (state.rules = given.rules), { redraw: false });
  } catch (error) {
    told(`JSON: ${error.message}`);
  }
};
root.append(
  element("datalist", { id: "field-names" }, ...data.fields.map((each) => element("option", { value: each.name }, each.title))),
  element("datalist", { id: "field-templates" }, ...data.fields.map((each) => element("option", { value: `{${each.name}}` }, each.title))),
);
window.addEventListener("beforeunload", (event) => state.isSaved || event.preventDefault());
showSwatches();
show();
draw();

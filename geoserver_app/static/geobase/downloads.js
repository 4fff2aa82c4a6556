// The download page: asks the process clip-and-ship, shows how far it is, offers the package.
const form = document.getElementById("ask");
const base = form.dataset.base;
const job = document.getElementById("job");
const bar = job.querySelector("progress");
const words = job.querySelector("span");
const link = document.getElementById("get");
const cancel = document.getElementById("cancel");
const isEnglish = document.documentElement.lang === "en";
let running = "";

function showArea() {
  const by = form.elements.by.value;
  for (const field of form.querySelectorAll("[data-by]")) field.hidden = field.dataset.by !== by;
}
form.addEventListener("change", showArea);
showArea();

function say(text, isFault = false) {
  job.hidden = false;
  job.classList.toggle("no", isFault);
  words.textContent = text;
}

function polygon(text) {
  if (text.trim().startsWith("{")) {
    const found = JSON.parse(text);
    return found.geometry ?? found;
  }
  const ring = text.trim().split(/\n+/).map((line) => line.split(/[,\s]+/).slice(0, 2).map(Number));
  return { type: "Polygon", coordinates: [[...ring, ring[0]]] };
}

function inputs() {
  const given = new FormData(form);
  const asked = { collections: given.getAll("collections"), format: given.get("format"), crs: given.get("crs") };
  const by = given.get("by");
  if (by === "county" || by === "sheet") asked[by] = given.get(by).trim();
  if (by === "area") asked.area = polygon(given.get("area"));
  return asked;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  link.hidden = true;
  let asked;
  try {
    asked = inputs();
  } catch {
    return say(isEnglish ? "The polygon cannot be read." : "多边形无法识别，请检查坐标。", true);
  }
  if (!asked.collections.length) return say(isEnglish ? "Choose a layer." : "请先选择图层。", true);
  bar.removeAttribute("value");
  say("…");
  const answer = await fetch(`${base}/ogc/processes/clip-and-ship/execution`, {
    method: "POST", headers: { "Content-Type": "application/json", Prefer: "respond-async" }, body: JSON.stringify({ inputs: asked }),
  });
  const body = await answer.json();
  if (!answer.ok) return say(`${body.detail}${body.parameter ? ` (${body.parameter})` : ""}`, true);
  running = body.jobID;
  cancel.hidden = false;
  return watch(running);
});

async function watch(id) {
  while (running === id) {
    const answer = await fetch(`${base}/ogc/jobs/${id}?f=json`);
    const body = await answer.json();
    if (body.status === "successful") {
      bar.value = 100;
      cancel.hidden = true;
      link.href = `${base}/ogc/jobs/${id}/results/package`;
      link.hidden = false;
      return say(isEnglish ? "Ready" : "已完成");
    }
    if (body.status !== "accepted" && body.status !== "running") {
      cancel.hidden = true;
      return say(body.message || (isEnglish ? "Called off" : "已取消"), body.status === "failed");
    }
    if (body.status === "running") bar.value = body.progress;
    const waiting = isEnglish ? "Waiting for a worker" : "排队中";
    say(body.status === "accepted" ? waiting : `${body.progress}% ${body.message ?? ""}`);
    await new Promise((done) => setTimeout(done, 700));
  }
  return undefined;
}

cancel.addEventListener("click", async () => {
  if (running) await fetch(`${base}/ogc/jobs/${running}`, { method: "DELETE" });
});

// The directory's few actions: filters that apply at once, addresses with a key, copying, the connection test.
const facets = document.getElementById("facets");
for (const field of document.querySelectorAll("#facets input[type=checkbox], select[form=facets]")) {
  field.addEventListener("change", () => facets.requestSubmit());
}

const keyField = document.getElementById("key");

// A key goes into the path, which every client keeps when it builds addresses of its own; it is never sent by this page but in the test.
function keyed(address) {
  const key = keyField?.value.trim() ?? "";
  if (!/^[A-Za-z0-9_-]{8,120}$/.test(key)) return address;
  const url = new URL(address);
  const path = address.slice(url.origin.length).replace(/^\/k\/[^/]+/, "");
  return `${url.origin}/k/${key}${path}`;
}

function showKeyed() {
  for (const code of document.querySelectorAll("code[data-url]")) {
    code.textContent = keyed(code.dataset.url);
    code.title = code.textContent;
  }
}
keyField?.addEventListener("input", showKeyed);

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    await copy(code);
    const words = button.textContent;
    button.textContent = document.documentElement.lang === "en" ? "Copied" : "已复制";
    setTimeout(() => { button.textContent = words; }, 1500);
  });
}

async function copy(code) {
  if (navigator.clipboard) return navigator.clipboard.writeText(code.textContent);
  // Without TLS (an intranet by address) browsers give no clipboard: select the text and copy it the old way.
  getSelection().selectAllChildren(code);
  document.execCommand("copy");
  return undefined;
}

const test = document.getElementById("test");
document.getElementById("test-run")?.addEventListener("click", async () => {
  const layer = test.dataset.layer;
  const at = (path) => keyed(`${location.origin}${location.pathname.match(/^\/k\/[^/]+/)?.[0] ?? ""}${path}`);
  const box = "CRS=EPSG:4548&BBOX=4200000,480000,4201000,481000&WIDTH=16&HEIGHT=16&FORMAT=image/png&STYLES=";
  const asked = {
    capabilities: `/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetCapabilities`,
    tile: `/tiles/${layer}/WebMercatorQuad/0/0/0.png`,
    crs: `/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=${layer}&${box}`,
    fields: `/ogc/collections/${layer}/items?f=json&limit=1`,
  };
  for (const item of test.querySelectorAll("[data-test]")) {
    const output = item.querySelector("output");
    output.className = "";
    output.textContent = "…";
    const began = performance.now();
    try {
      const answer = await fetch(at(asked[item.dataset.test]), { cache: "no-store" });
      const body = await answer.text();
      const isRight = answer.ok && (item.dataset.test !== "capabilities" || body.includes(`<Name>${layer}</Name>`));
      output.className = isRight ? "ok" : "no";
      output.textContent = isRight ? `${Math.round(performance.now() - began)} ${test.dataset.ok}` : `HTTP ${answer.status}`;
    } catch {
      output.className = "no";
      output.textContent = document.documentElement.lang === "en" ? "no answer" : "没有应答";
    }
  }
});

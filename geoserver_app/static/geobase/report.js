// The report's map: the findings' places as SVG over a picture from WMS; every place can be zoomed to.
const told = JSON.parse(document.getElementById("places").textContent);
const box = document.getElementById("map");
const picture = box.querySelector("img");
const svg = box.querySelector("svg");
const at = document.getElementById("at");
const METRES = 111195;
const state = { lon: 0, lat: 0, size: 1e-4, chosen: null };
let drawn = 0;

/** Degrees of latitude per pixel are state.size; a degree of longitude is shorter by this factor. */
const across = () => Math.cos((state.lat * Math.PI) / 180);

function show([west, south, east, north]) {
  state.lon = (west + east) / 2;
  state.lat = (south + north) / 2;
  const wide = ((east - west) * across()) / box.clientWidth;
  const high = (north - south) / box.clientHeight;
  // A single point is shown with 40 metres around it.
  state.size = Math.max(Math.max(wide, high) * 1.3, 80 / METRES / box.clientWidth);
  draw();
}

const toPixels = ([lon, lat]) => [
  box.clientWidth / 2 + ((lon - state.lon) * across()) / state.size,
  box.clientHeight / 2 - (lat - state.lat) / state.size,
];

function lines(shape) {
  const { type, coordinates, geometries } = shape;
  switch (type) {
    case "Point": return [[coordinates]];
    case "MultiPoint": return coordinates.map((each) => [each]);
    case "LineString": return [coordinates];
    case "MultiLineString": case "Polygon": return coordinates;
    case "MultiPolygon": return coordinates.flat();
    default: return (geometries ?? []).flatMap(lines);
  }
}

function element(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  svg.append(made);
}

function drawShape(shape, kind) {
  for (const line of lines(shape)) {
    const points = line.map(toPixels);
    const [x, y] = points[0];
    const xs = points.map((each) => each[0]);
    const ys = points.map((each) => each[1]);
    const isSmall = Math.max(...xs) - Math.min(...xs) < 8 && Math.max(...ys) - Math.min(...ys) < 8;
    for (const layer of ["halo", kind]) {
      if (isSmall) element("circle", { cx: x, cy: y, r: 8, class: layer });
      if (points.length > 1) element("polyline", { points: points.join(" "), class: layer });
    }
  }
}

function draw() {
  svg.replaceChildren();
  const chosen = state.chosen;
  told.findings.forEach((finding, number) => {
    if (chosen !== null && number !== chosen) return;
    for (const shape of finding.shapes) if (shape) drawShape(shape, finding.severity);
    if (!finding.shapes.some(Boolean) && finding.bounds) {
      const [west, south, east, north] = finding.bounds;
      drawShape({ type: "LineString", coordinates: [[west, south], [east, south], [east, north], [west, north], [west, south]] }, finding.severity);
    }
  });
  const metres = state.size * METRES * box.clientWidth;
  at.textContent = `${state.lon.toFixed(6)}, ${state.lat.toFixed(6)} · ↔ ${metres < 2000 ? `${metres.toFixed(0)} m` : `${(metres / 1000).toFixed(1)} km`}`;
  clearTimeout(drawn);
  drawn = setTimeout(fetchPicture, 150);
}

function fetchPicture() {
  if (!told.base) return;
  const wide = (state.size * box.clientWidth) / across() / 2;
  const high = (state.size * box.clientHeight) / 2;
  const asked = new URLSearchParams({
    SERVICE: "WMS", VERSION: "1.1.1", REQUEST: "GetMap", LAYERS: told.base, STYLES: "", SRS: "EPSG:4490", FORMAT: "image/png",
    BBOX: [state.lon - wide, state.lat - high, state.lon + wide, state.lat + high].join(","),
    WIDTH: String(Math.round(box.clientWidth)), HEIGHT: String(Math.round(box.clientHeight)),
  });
  const next = new Image();
  const seen = `${state.lon} ${state.lat} ${state.size}`;
  next.onload = () => {
    if (seen !== `${state.lon} ${state.lat} ${state.size}`) return;
    picture.src = next.src;
    picture.hidden = false;
  };
  next.src = `${told.wms}?${asked}`;
}

function move(right, down) {
  state.lon += (right * state.size) / across();
  state.lat -= down * state.size;
  picture.hidden = true;
  draw();
}

function zoom(factor) {
  state.size = Math.min(Math.max(state.size * factor, 1e-9), 0.5);
  picture.hidden = true;
  draw();
}

function extent(shape) {
  const points = lines(shape).flat();
  const xs = points.map((each) => each[0]);
  const ys = points.map((each) => each[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function choose(number) {
  state.chosen = number;
  for (const body of document.querySelectorAll("tbody.on")) body.classList.remove("on");
  if (number !== null) document.getElementById(`f${number}`).classList.add("on");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".go");
  if (!button) return;
  const number = Number(button.dataset.finding);
  const sample = button.dataset.sample;
  choose(number);
  picture.hidden = true;
  const { shapes, bounds } = told.findings[number];
  show(sample === undefined ? bounds : extent(shapes[Number(sample)]));
});
document.getElementById("whole").addEventListener("click", () => { choose(null); show(told.bounds); });
document.getElementById("in").addEventListener("click", () => zoom(0.5));
document.getElementById("out").addEventListener("click", () => zoom(2));
box.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8); }, { passive: false });
box.addEventListener("pointerdown", (event) => { if (!event.target.closest("button")) box.setPointerCapture(event.pointerId); });
box.addEventListener("pointermove", (event) => { if (box.hasPointerCapture(event.pointerId)) move(-event.movementX, -event.movementY); });
box.addEventListener("keydown", (event) => {
  const moves = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] };
  if (event.key in moves) move(...moves[event.key]);
  else if (event.key === "+" || event.key === "=") zoom(0.5);
  else if (event.key === "-") zoom(2);
  else return;
  event.preventDefault();
});
new ResizeObserver(() => draw()).observe(box);
show(told.bounds);

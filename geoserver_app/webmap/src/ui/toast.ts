// A short word at the foot of the map, read aloud by the screen reader; nothing waits for it.
let timer = 0;

function place(id: string, classes: string): HTMLElement {
  const known = document.getElementById(id);
  if (known) return known;
  const made = document.createElement("div");
  made.id = id;
  made.className = classes;
  made.setAttribute("role", "status");
  document.body.append(made);
  return made;
}

export function toast(text: string): void {
  const holder = place("toast", "toast");
  holder.textContent = text;
  holder.classList.add("on");
  clearTimeout(timer);
  timer = window.setTimeout(() => holder.classList.remove("on"), 3500);
}

/** Say to the screen reader only: where the map went, how many results came. */
export function say(text: string): void {
  const holder = place("live", "sr");
  if (holder.textContent !== text) holder.textContent = text;
}

export async function copy(text: string, said: string, failed: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    toast(fallback(text) ? said : failed);
  }
}

// Plain http pages have no clipboard API; the old way still works there.
function fallback(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

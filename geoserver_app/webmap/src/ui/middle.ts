// Names of siblings that begin alike are cut in the middle, so that what differs stays in sight.

/** The names for display, keyed by name: those sharing a prefix of six characters and too long lose their middle. */
export function cut(names: string[], most: number): Map<string, string> {
  const shared = (name: string): boolean => names.some((other) => other !== name && other.slice(0, 6) === name.slice(0, 6));
  return new Map(names.map((name) => [name, width(name) > most && shared(name) ? middle(name, most) : name]));
}

function middle(name: string, most: number): string {
  const letters = [...name];
  let head = letters.length;
  let tail = 0;
  let text = name;
  while (width(text) > most && head > 2) {
    tail = Math.max(4, Math.ceil(letters.length / 2) - (letters.length - head));
    head -= 1;
    text = `${letters.slice(0, head).join("")}…${letters.slice(-Math.min(tail, letters.length - head)).join("")}`;
  }
  return text;
}

/** Width in Han characters: a Latin letter takes half of one. */
const width = (text: string): number => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1 : 0.55), 0);

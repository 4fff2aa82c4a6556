// What this browser remembers: language, theme, single-letter keys.
const PREFIX = "geobase.";

export function remembered(name: string): string {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return ""; // storage may be forbidden; then nothing is remembered
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    return; // as above
  }
}

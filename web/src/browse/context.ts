/** A word among the words around it. */

export interface Context {
  before: string;
  word: string;
  after: string;
}

const WINDOW_SECONDS = 10;

/** Split a window's text at its word; of several, the one nearest to where it is said. */
export function contextOf(text: string, word: string, startSeconds: number): Context {
  const places = placesOf(text, word);
  const expected = (startSeconds / WINDOW_SECONDS) * text.length;
  const best = places.reduce<number | undefined>(
    (near, place) =>
      near === undefined || Math.abs(place - expected) < Math.abs(near - expected) ? place : near,
    undefined,
  );
  if (best === undefined) return { before: "", word, after: text };
  return {
    before: text.slice(0, best).trimEnd(),
    word: text.slice(best, best + word.length),
    after: text.slice(best + word.length).trimStart(),
  };
}

/** The end of a text, cut at a word, at most so many letters. */
export function tailOf(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(-most);
  const blank = cut.indexOf(" ");
  return `…${blank < 0 ? cut : cut.slice(blank)}`;
}

function placesOf(text: string, word: string): number[] {
  const wanted = word.toLowerCase();
  const said = ` ${text.toLowerCase()} `;
  const places: number[] = [];
  if (!wanted) return places;
  for (let at = said.indexOf(wanted); at >= 0; at = said.indexOf(wanted, at + 1)) {
    const [left = "", right = ""] = [said[at - 1], said[at + wanted.length]];
    if (!/[\p{L}\p{N}]/u.test(left + right)) places.push(at - 1);
  }
  return places;
}

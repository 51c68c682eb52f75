/** A piece of a text, and whether a search found it. */
export interface Piece {
  text: string;
  found: boolean;
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#x27': "'",
  '#39': "'",
  '#x2F': '/',
};

function unescape(html: string): string {
  return html.replace(/&(#?\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}

/**
 * Takes a highlight apart: what the server has put into `<mark>`, and the text around it, which it has escaped. What comes of it is text,
 * never HTML.
 */
export function piecesOf(highlight: string): Piece[] {
  return highlight
    .split(/(<mark>.*?<\/mark>)/s)
    .filter((part) => part !== '')
    .map((part) => {
      const found = part.startsWith('<mark>') && part.endsWith('</mark>');
      return { text: unescape(found ? part.slice(6, -7) : part), found };
    });
}

import { piecesOf } from './marks';

/** A text with what a search found in it marked. */
export function Marked({ highlight }: { highlight: string }) {
  return piecesOf(highlight).map((piece, index) =>
    // The pieces of one text have no other name than their place.
    piece.found ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
  );
}

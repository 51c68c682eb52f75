/**
 * Markdown as elements of the page. No HTML is made of it anywhere: what looks like HTML is shown as it was typed, so there is nothing
 * to be sanitized, and nothing that the Content-Security-Policy would have to stop.
 */
import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { createContext, useContext, useMemo, type ReactNode } from 'react';

import { boxesOf, ticked } from './boxes';
import css from './Markdown.module.css';

interface Boxes {
  /** Where they are. */
  boxes: ReturnType<typeof boxesOf>;
  tick: ((at: number) => void) | null;
}

const BoxesOfText = createContext<Boxes>({ boxes: new Map(), tick: null });

interface MarkdownProps {
  text: string;
  /** Takes the text with one of its boxes ticked, or no longer; where nobody does, none can be. */
  onChange?: ((text: string) => void) | undefined;
}

export default function Markdown({ text, onChange }: MarkdownProps) {
  const tokens = useMemo(() => lexer(text, { gfm: true, breaks: true }), [text]);
  const boxes = useMemo(() => boxesOf(text, tokens), [text, tokens]);
  const tick = onChange ? (at: number) => onChange(ticked(text, at)) : null;
  return (
    <BoxesOfText value={{ boxes, tick }}>
      <div className={css.markdown}>{blocks(tokens)}</div>
    </BoxesOfText>
  );
}

const SAFE = /^(https?:|mailto:|tel:)/i;

const blocks = (tokens: readonly Token[] | undefined): ReactNode =>
  tokens?.map((token, at) => <Part key={at} token={token} />);

/** What is in a token; its text, where nothing is marked in it. */
const inside = (token: { tokens?: Token[]; text: string }): ReactNode => blocks(token.tokens) ?? token.text;

function Part({ token: any }: { token: Token }): ReactNode {
  const token = any as MarkedToken;
  switch (token.type) {
    case 'space':
    case 'def':
      return null;
    case 'heading':
      return <Heading token={token} />;
    case 'paragraph':
      return <p>{inside(token)}</p>;
    case 'blockquote':
      return <blockquote>{blocks(token.tokens)}</blockquote>;
    case 'list':
      return <List token={token} />;
    case 'code':
      return (
        <pre tabIndex={0}>
          <code>{token.text}</code>
        </pre>
      );
    case 'table':
      return <Table token={token} />;
    case 'hr':
      return <hr />;
    case 'br':
      return <br />;
    case 'strong':
      return <strong>{inside(token)}</strong>;
    case 'em':
      return <em>{inside(token)}</em>;
    case 'del':
      return <del>{inside(token)}</del>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'link':
      return <Anchor href={token.href}>{inside(token)}</Anchor>;
    case 'image':
      // Pictures of other origins are not loaded; a link leads there.
      return <Anchor href={token.href}>{token.text === '' ? token.href : token.text}</Anchor>;
    case 'text':
      return inside(token);
    case 'html':
    case 'escape':
      return token.text;
  }
}

/** A link; the text alone where it leads to something that is no page, such as a script. */
function Anchor({ href, children }: { href: string; children: ReactNode }) {
  if (!SAFE.test(href)) return children;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

/** Headings start below that of the panel. */
function Heading({ token }: { token: Tokens.Heading }) {
  const Name = token.depth === 1 ? 'h3' : token.depth === 2 ? 'h4' : 'h5';
  return <Name>{inside(token)}</Name>;
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, at) => (
    <li key={at} data-task={item.task}>
      {item.task && <Box item={item} />}
      {blocks(item.tokens)}
    </li>
  ));
  return token.ordered ? <ol start={token.start === '' ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

function Box({ item }: { item: Tokens.ListItem }) {
  const { boxes, tick } = useContext(BoxesOfText);
  const at = boxes.get(item);
  return (
    <input
      type="checkbox"
      aria-label="Done"
      checked={item.checked ?? false}
      disabled={tick === null || at === undefined}
      onChange={() => at !== undefined && tick?.(at)}
    />
  );
}

function Table({ token }: { token: Tokens.Table }) {
  return (
    <div className={css.wide} tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {token.header.map((cell, at) => (
              <th key={at}>{inside(cell)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{inside(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

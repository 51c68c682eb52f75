import type { ReactNode } from 'react';

/** Own drawings on a grid of 16, in the colour of the text around them. */
const DRAWINGS = {
  add: <path d="M8 3v10M3 8h10" />,
  all: <path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01" />,
  bell: <path d="M4 11V7a4 4 0 0 1 8 0v4l1 1.25H3zM6.75 14h2.5" />,
  calendar: (
    <path d="M2.5 4.5a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM2.5 6.75h11M5.5 2v2.5M10.5 2v2.5" />
  ),
  check: <path d="M3.5 8.5l3 3 6-7" />,
  chevron: <path d="M4.5 6.5L8 10l3.5-3.5" />,
  clock: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.75V8l2.25 1.5" />,
  close: <path d="M4 4l8 8M12 4l-8 8" />,
  dots: <path d="M8 3.5h.01M8 8h.01M8 12.5h.01" strokeWidth="2" />,
  down: <path d="M8 3v10M4 9l4 4 4-4" />,
  edit: <path d="M3 13l.75-3L10.5 3.25l2.25 2.25L6 12.25z" />,
  filter: <path d="M2.5 4.5h11M4.5 8h7M6.5 11.5h3" />,
  flag: <path d="M4 14V2.5M4 3h7.5l-1.5 2.75 1.5 2.75H4" />,
  gauge: <path d="M2.5 11.5a5.75 5.75 0 1 1 11 0M8 10l2.5-3.5" />,
  grip: <path d="M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01" strokeWidth="2" />,
  history: <path d="M2.75 8a5.25 5.25 0 1 0 1.6-3.75L2.5 6M2.5 3v3h3M8 5.25V8l2 1.25" />,
  keyboard: (
    <path d="M2.5 4.5h11a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-5a1 1 0 0 1 1-1zM4.5 7h.01M7 7h.01M9.5 7h.01M11.5 7h.01M5.5 9.25h5" />
  ),
  link: (
    <path d="M7 9.5a2.5 2.5 0 0 0 3.6 0l2-2A2.5 2.5 0 0 0 9 4l-.75.75M9 6.5a2.5 2.5 0 0 0-3.6 0l-2 2A2.5 2.5 0 0 0 7 12l.75-.75" />
  ),
  menu: <path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11" />,
  moon: <path d="M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6z" />,
  part: <path d="M3.5 2.5v5.75a2 2 0 0 0 2 2h7M10 7.5l2.75 2.75L10 13" />,
  notes: <path d="M3 4.5h10M3 8h10M3 11.5h6" />,
  repeat: (
    <path d="M3 7.5V7a2.5 2.5 0 0 1 2.5-2.5H13M11 2.5l2 2-2 2M13 8.5V9a2.5 2.5 0 0 1-2.5 2.5H3M5 13.5l-2-2 2-2" />
  ),
  search: <path d="M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM10.75 10.75L14 14" />,
  sort: <path d="M5 3v10M5 13l-2.5-2.5M5 13l2.5-2.5M11 13V3M11 3L8.5 5.5M11 3l2.5 2.5" />,
  sun: (
    <path d="M8 10.75a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM8 1.5v1.25M8 13.25v1.25M1.5 8h1.25M13.25 8h1.25M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />
  ),
  system: <path d="M2.5 3.5h11v7.5h-11zM6 13.5h4M8 11v2.5" />,
  tag: <path d="M2.5 3.5v4l6 6 5-5-6-6h-4zM5.25 5.75h.01" />,
  trash: <path d="M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5" />,
  today: (
    <path d="M2.5 4.5a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM5.5 2v2.5M10.5 2v2.5M5.5 9l1.75 1.75L10.5 7.5" />
  ),
  undo: <path d="M5.5 3L2.5 6l3 3M2.5 6h7a3.5 3.5 0 0 1 0 7H7" />,
  up: <path d="M8 13V3M4 7l4-4 4 4" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof DRAWINGS;

/** A drawing beside a text that says the same; it is not read out. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      {DRAWINGS[name]}
    </svg>
  );
}

import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { navigate } from 'wouter/use-browser-location';

/** The browser has something else to do with the link than to follow it here: open it elsewhere, save it. */
const isForBrowser = ({ altKey, ctrlKey, metaKey, shiftKey, button }: MouseEvent): boolean =>
  altKey || ctrlKey || metaKey || shiftKey || button !== 0;

type PageLinkProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href' | 'onClick'> & { href: string };

/** Leads elsewhere on this page. Lists have many of them, so it listens to nothing, as wouter's own link does to each change of the URL. */
export function PageLink({ href, ...others }: PageLinkProps) {
  const follow = (event: MouseEvent) => {
    if (isForBrowser(event) || event.defaultPrevented) return;
    event.preventDefault();
    navigate(href);
  };
  return <a {...others} href={href} onClick={follow} />;
}

import type { QueryClient } from '@tanstack/react-query';

import { importFiles } from './importFiles';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

function show(isOver: boolean): void {
  document.documentElement.toggleAttribute('data-dropping', isOver);
}

/** Takes files that are dropped anywhere on the page; returns how to stop. */
export function listenToDrops(client: QueryClient): () => void {
  const onOver = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    show(true);
  };
  const onLeave = (event: DragEvent) => {
    // Into nothing: it has left the window.
    if (event.relatedTarget === null) show(false);
  };
  const onDrop = (event: DragEvent) => {
    show(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (!hasFiles(event)) return;
    // Else the browser would open it in the place of the page.
    event.preventDefault();
    if (files.length > 0) importFiles(client, files);
  };
  document.addEventListener('dragover', onOver);
  document.addEventListener('dragleave', onLeave);
  document.addEventListener('drop', onDrop);
  return () => {
    document.removeEventListener('dragover', onOver);
    document.removeEventListener('dragleave', onLeave);
    document.removeEventListener('drop', onDrop);
  };
}

import type { HtmlTagDescriptor, Plugin, Rolldown } from 'vite';

/** What the entry of the page loads by `import()` as soon as it runs. */
export const START = 'src/app/start.tsx';

/** Has the browser load what the first view is made of from the beginning, rather than when the entry asks for it; its styles are waited for. */
export function firstViewInHtml(): Plugin {
  return {
    name: 'first-view-in-html',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle = {}, chunk: entry }) => {
        const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
        const start = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(START));
        if (!start || !entry) throw new Error(`${START} is in no file of its own`);
        const first = withImports(start, bundle).filter(({ fileName }) => fileName !== entry.fileName);
        const known = new Set(withImports(entry, bundle));
        const scripts = first.filter((chunk) => !known.has(chunk)).map(({ fileName }) => fileName);
        const styles = new Set(first.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]));
        return [
          ...[...styles].map((file) => link('stylesheet', file)),
          ...scripts.map((file) => link('modulepreload', file)),
        ];
      },
    },
  };
}

const link = (rel: string, file: string): HtmlTagDescriptor => ({
  tag: 'link',
  attrs: { rel, crossorigin: true, href: `/${file}` },
  injectTo: 'head',
});

/** A chunk and all that it imports at once. */
function withImports(chunk: Rolldown.OutputChunk, bundle: Rolldown.OutputBundle): Rolldown.OutputChunk[] {
  const found = new Set([chunk]);
  for (const { imports } of found) {
    for (const file of imports) {
      const imported = bundle[file];
      if (imported?.type === 'chunk') found.add(imported);
    }
  }
  return [...found];
}

/** A `traceparent` as W3C Trace Context has it; later versions may say more after it. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** Where Jaeger shows a trace; `null` where there is no Jaeger, or no trace. */
export function traceHref(jaegerUrl: string, traceparent: string | null | undefined): string | null {
  const id = TRACEPARENT.exec(traceparent ?? '')?.[1];
  if (jaegerUrl === '' || id === undefined || /^0+$/.test(id)) return null;
  return `${jaegerUrl}/trace/${id}`;
}

/** A new key for `Idempotency-Key`: 128 random bits. Unlike `crypto.randomUUID` it is there on a page without TLS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';

const { TASKLOG_BIN, CARGO_TARGET_DIR, XDG_CACHE_HOME } = process.env;
const TARGET =
  CARGO_TARGET_DIR ?? path.join(XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'tasklog', 'target');

/** The binary that is tried: the release build, unless `TASKLOG_BIN` says another. */
export const BINARY = TASKLOG_BIN ?? path.join(TARGET, 'release', 'tasklog');

/** Writes a record as another Kafka client would; it is built beside the binary. */
export const POISON = path.join(path.dirname(BINARY), 'poison');

/** The page is the folder `dist` before a server, by `vite preview`, rather than the one that the binary carries. */
export const PAGE_OF_ITS_OWN = process.env.TASKLOG_URL !== undefined;

/** What a `tasklog up` of its own is told. */
export function environment(folder: string, ports: { api: number; kafka: number }): Record<string, string> {
  return {
    DATA_DIR: folder,
    LISTEN: `127.0.0.1:${ports.api}`,
    KAFKA_EMBEDDED_LISTEN: `127.0.0.1:${ports.kafka}`,
    // Nobody listens at either: links lead there, and deliveries fail.
    JAEGER_UI_URL: 'http://127.0.0.1:9',
    NOTIFY_ALLOW_PRIVATE: 'true',
  };
}

/** What a `tasklog web` before a server that is all other roles is told. */
export function environmentOfWeb(port: number, server: string): Record<string, string> {
  return { LISTEN: `127.0.0.1:${port}`, COMMAND_URL: server, QUERY_URL: server, PROCESS_URL: server };
}

const FIND = `const servers = Array.from({ length: Number(process.argv[1]) }, () => require('net').createServer().listen(0, '127.0.0.1'));
Promise.all(servers.map((server) => new Promise((go) => server.on('listening', () => go(server.address().port)))))
  .then((ports) => { console.log(ports.join(' ')); servers.forEach((server) => server.close()); });`;

/** Ports that nobody listens on. */
export function freePorts(count: number): number[] {
  const found = execFileSync(process.execPath, ['-e', FIND, String(count)], { encoding: 'utf8' });
  return found.trim().split(' ').map(Number);
}

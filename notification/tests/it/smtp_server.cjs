// An SMTP server for the tests of what maildev's does not do: STARTTLS, refusals. Settings are JSON in the first argument:
// `cert` and `key` (files; with them STARTTLS is offered), `secure` (TLS from the first byte), `user` and `password` (asked for
// where given), `hide` (extensions that are not offered).
// Writes lines of JSON: the port first, then each mail that it took.
"use strict";
const { readFileSync } = require("node:fs");
const { SMTPServer } = require("smtp-server");

const settings = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// What happens to a recipient is in the address: `status-450@…` is refused for now, `status-550@…` for good.
const refusal = (address) => {
  const status = /^status-(\d{3})@/.exec(address);
  return status && Object.assign(new Error("refused"), { responseCode: Number(status[1]) });
};

const server = new SMTPServer({
  cert: settings.cert && readFileSync(settings.cert),
  key: settings.key && readFileSync(settings.key),
  secure: settings.secure ?? false,
  hideSTARTTLS: !settings.cert,
  hideSMTPUTF8: settings.hide?.includes("SMTPUTF8") ?? false,
  authOptional: !settings.user,
  onAuth: (auth, _session, done) =>
    auth.username === settings.user && auth.password === settings.password
      ? done(null, { user: auth.username })
      : done(Object.assign(new Error("wrong password"), { responseCode: 535 })),
  onRcptTo: (address, _session, done) => done(refusal(address.address)),
  onData: (stream, session, done) => {
    const pieces = [];
    stream.on("data", (piece) => pieces.push(piece));
    stream.on("end", () => {
      const { secure, user, hostNameAppearsAs: hello, envelope } = session;
      say({ secure, user, hello, envelope, message: Buffer.concat(pieces).toString() });
      done();
    });
  },
});
server.on("error", () => {});
server.listen(0, "127.0.0.1", () => say({ port: server.server.address().port }));

// Sends messages with nodemailer's pool of five, composing each, as its manual shows it; prints messages a second.
//
// node mail.mjs PORT MESSAGES < {"html": …, "text": …, "subject": …}
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";

import nodemailer from "nodemailer";

const [port, messages] = process.argv.slice(2).map(Number);
const variant = JSON.parse(readFileSync(0, "utf8"));
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port,
  pool: true,
  maxConnections: 5,
  maxMessages: Infinity,
  ignoreTLS: true,
});

const began = performance.now();
const sent = [];
for (let number = 0; number < messages; number += 1) {
  const name = `Reader ${number}`;
  sent.push(
    transport.sendMail({
      from: "The Letter <news@example.org>",
      to: { name, address: `reader${number}@example.net` },
      subject: variant.subject,
      html: variant.html.replaceAll("NAME", name),
      text: variant.text.replaceAll("NAME", name),
      list: { unsubscribe: `https://example.org/u/${number}` },
    }),
  );
}
await Promise.all(sent);
const seconds = (performance.now() - began) / 1000;
transport.close();
console.log(JSON.stringify({ rate: messages / seconds }));

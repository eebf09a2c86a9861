// Renders MJML with mjml and juice as often as it is asked to, in one warm process.
// A line of standard input is {"source": MJML, "times": how often}; a line of standard output is the milliseconds of
// each rendering, by stage, and the last HTML.
import { createInterface } from "node:readline";
import juice from "juice";
import mjml from "mjml";

for await (const line of createInterface({ input: process.stdin })) {
  const { source, times } = JSON.parse(line);
  const compiled = [];
  const inlined = [];
  let page = "";
  for (let turn = 0; turn < times; turn += 1) {
    const began = performance.now();
    const { html } = await mjml(source, { fonts: {} });
    const between = performance.now();
    page = juice(html);
    compiled.push(between - began);
    inlined.push(performance.now() - between);
  }
  console.log(JSON.stringify({ compiled, inlined, page }));
}

// The grade that MDN's HTTP Observatory gives to sites. The only argument is JSON: sites with name, host and ports. Each prints
// one line of JSON: its grade, its score, and each test with its result and what it adds.
import dns from "node:dns";
import fs from "node:fs";

// The Observatory is installed without its list of preloaded hosts, which is fetched by a script; no host here is on it.
const list = new URL("./node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json", import.meta.url);
const { readFileSync } = fs;
fs.readFileSync = (path, ...rest) => (path === list.pathname ? "{}" : readFileSync(path, ...rest));

// All names are this machine's.
dns.lookup = (host, options, done) => (options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4));

const source = "./node_modules/@mdn/mdn-http-observatory/src";
const { retrieve } = await import(`${source}/retriever/retriever.js`);
const { ALL_TESTS } = await import(`${source}/constants.js`);
const { MINIMUM_SCORE_FOR_EXTRA_CREDIT } = await import(`${source}/grader/charts.js`);
const { getGradeForScore, getScoreModifier } = await import(`${source}/grader/grader.js`);

// grade does what the Observatory's scan does, which takes no ports.
async function grade({ name, host, httpPort, httpsPort }) {
  const found = await retrieve(host, { httpPort, httpsPort });
  if (!found.responses.auto) throw new Error(`${name} does not answer`);
  const tests = ALL_TESTS.map((test) => test(found)).map((r) => ({
    test: r.constructor.name, pass: r.pass, result: r.result, modifier: r.result ? getScoreModifier(r.result) : 0,
  }));
  const sum = (counted) => counted.reduce((score, { modifier }) => score + modifier, 100);
  const plain = sum(tests.filter(({ modifier }) => modifier < 0));
  const { grade, score } = getGradeForScore(plain >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? sum(tests) : plain);
  return { name, status: found.responses.auto.status, grade, score, tests };
}

for (const site of JSON.parse(process.argv[2])) console.log(JSON.stringify(await grade(site)));

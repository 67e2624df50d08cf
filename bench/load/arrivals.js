// GET requests at a constant arrival rate; what to send is in the JSON file named by TASK.
import http from 'k6/http';
import exec from 'k6/execution';
import { Counter, Trend } from 'k6/metrics';

const task = JSON.parse(open(__ENV.TASK));
const stages = {};
for (const name of task.stages) stages[name] = new Trend(`stage_${name}`);
const bad = new Counter('bad_answers');
const cached = new Counter('cached');
const run = `${Date.now()}`;

export const options = {
  scenarios: {
    arrivals: {
      executor: 'constant-arrival-rate',
      rate: task.rate,
      timeUnit: '10s',
      duration: `${task.seconds}s`,
      preAllocatedVUs: task.vus,
      maxVUs: task.vus * 8,
      gracefulStop: '10s',
    },
  },
  discardResponseBodies: true,
  summaryTrendStats: ['avg', 'p(50)', 'p(95)', 'p(99)', 'max', 'count'],
  systemTags: ['status'],
};

export default function () {
  const number = exec.scenario.iterationInTest;
  const place = number % task.paths.length;
  let url = task.base + task.paths[place];
  if (task.nonce) url += `&nonce=${run}-${number}`;
  const headers = { ...task.headers };
  if (task.keys.length) headers.Authorization = `Bearer ${task.keys[place]}`;
  const answer = http.get(url, { headers });
  if (answer.status !== 200) {
    bad.add(1);
    return;
  }
  const timing = answer.headers['Server-Timing'];
  if (!timing) return;
  if (timing.startsWith('cache')) {
    cached.add(1);
    return;
  }
  for (const part of timing.split(', ')) {
    const at = part.indexOf(';dur=');
    const trend = stages[part.slice(0, at)];
    if (at > 0 && trend) trend.add(Number(part.slice(at + 5)));
  }
}

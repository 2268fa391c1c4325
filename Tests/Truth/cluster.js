// cluster.js PORT NAME…: a worker each of Node's cluster, which names itself in X-Backend.
const cluster = require("node:cluster");
const http = require("node:http");

const [port, ...names] = process.argv.slice(2);
if (cluster.isPrimary) {
  for (const name of names) cluster.fork({ NAME: name });
  process.on("SIGTERM", () => process.exit(0));
} else {
  process.on("disconnect", () => process.exit(0));
  const server = http.createServer((_, response) => {
    response.setHeader("X-Backend", process.env.NAME);
    response.end(process.env.NAME + "\n");
  });
  server.keepAliveTimeout = 65_000;
  server.listen(Number(port), "127.0.0.1");
}

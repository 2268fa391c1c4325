// An app without a word about signals, as most are.
'use strict';

require('node:http').createServer((request, response) => {
  request.resume();
  setTimeout(() => {
    response.setHeader('X-Backend', 'app');
    response.setHeader('X-Generation', String(process.pid));
    response.end('hello');
  }, 10);
}).listen(Number(process.env.PORT), '127.0.0.1');

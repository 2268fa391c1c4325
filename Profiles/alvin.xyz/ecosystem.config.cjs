// pm2 start Profiles/alvin.xyz/ecosystem.config.cjs
//
// In cluster mode the instances of an app share its port, and the balancer would see one upstream server.
// `increment_var` gives each a port of its own: 3001, 3002, 3003.
const common = {
  script: 'server.js',
  cwd: __dirname,
  exec_mode: 'cluster',
  wait_ready: true, // until the app says so; listening alone is not enough
  listen_timeout: 3000, // then pm2 ends the old process, ready or not
  kill_timeout: 5000, // longer than the app takes to drain
};

module.exports = {
  apps: [
    {
      ...common,
      name: 'dumbflix-frontend',
      instances: 3,
      increment_var: 'PORT',
      env: { PORT: 3001, NAME: 'dumbflix-frontend', NODE_ENV: 'production' },
    },
    {
      ...common,
      name: 'dumbflix-backup',
      instances: 1,
      env: { PORT: 3011, NAME: 'dumbflix-backup', NODE_ENV: 'production' },
    },
  ],
};

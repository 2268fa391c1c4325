// What pm2 starts.
'use strict';

require('./hello').listen(Number(process.env.PORT));

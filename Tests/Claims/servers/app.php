<?php
header('X-Backend: app');
header('X-Generation: ' . getmypid());
usleep(10000);
echo 'hello';

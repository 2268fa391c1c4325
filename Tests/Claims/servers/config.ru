run ->(env) {
  env['rack.input'].read
  sleep 0.01
  [200, { 'content-length' => '5', 'x-backend' => 'app', 'x-generation' => Process.pid.to_s }, ['hello']]
}

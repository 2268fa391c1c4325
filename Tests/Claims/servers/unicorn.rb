worker_processes 8
pid '$folder/unicorn.pid'
working_directory '$folder'
listen '127.0.0.1:$port'

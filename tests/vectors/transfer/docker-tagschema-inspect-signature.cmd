$ docker manifest inspect --verbose --insecure 127.0.0.1:5061/net-monitor@sha256:5efc846a98c7215f0445075a8c8e764fc62fed7b454c56d663b35c36da8ead5a
exit code 1

$ docker manifest inspect --verbose --insecure 127.0.0.1:1/net-monitor:v1
exit code 1

$ docker manifest inspect --verbose 127.0.0.1:5061/net-monitor:v1
exit code 1

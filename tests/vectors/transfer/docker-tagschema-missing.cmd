$ docker manifest inspect --verbose --insecure 127.0.0.1:5061/net-monitor:none
exit code 1

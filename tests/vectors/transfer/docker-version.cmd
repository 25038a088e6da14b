$ docker --version
exit code 0

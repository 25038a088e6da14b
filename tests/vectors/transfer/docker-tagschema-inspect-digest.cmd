$ docker manifest inspect --verbose --insecure 127.0.0.1:5061/net-monitor@sha256:33983d131dfb854b4a21154e6b20a83f756d20920ac24beab5ea5ed66dbedbfc
exit code 0

-- expect: 'io' is not available in rules
io.open("/etc/passwd")

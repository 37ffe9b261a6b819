-- expect: 'dofile' is not available in rules
dofile("/etc/passwd")

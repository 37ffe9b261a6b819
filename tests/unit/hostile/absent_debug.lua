-- expect: 'debug' is not available in rules
debug.sethook()

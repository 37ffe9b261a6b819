-- expect: 'load' is not available in rules
load("return 1")()

-- expect: 'collectgarbage' is not available in rules
collectgarbage()

-- expect: budget of memory
return money("1e70", "USD"):format(".", ("x"):rep(1000000))

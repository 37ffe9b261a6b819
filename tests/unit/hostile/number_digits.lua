-- expect: is not a number
return decimal(("9"):rep(1000000))

-- expect: has no key
return lookup("gl", ("x"):rep(1000000))

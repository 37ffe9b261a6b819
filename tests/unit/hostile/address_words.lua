-- result: 499
return #text.street(("x "):rep(250))

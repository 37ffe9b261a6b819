-- expect: the text becomes longer than
return ("xx"):rep(math.maxinteger)

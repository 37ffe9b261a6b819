-- expect: the pattern is longer
return date.format(0, ("'"):rep(1000))

-- expect: budget of instructions
return match.jaro_winkler(("a"):rep(10000), ("b"):rep(10000))

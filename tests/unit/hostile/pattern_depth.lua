-- expect: pattern too complex
return (("x"):rep(1000)):match(("x?"):rep(1000))

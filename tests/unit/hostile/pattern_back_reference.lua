-- expect: budget of instructions
return (("a"):rep(5000)):find("(.*)%1%1b")

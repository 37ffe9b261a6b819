-- expect: '%q' is not known
return ("%q"):format("x")

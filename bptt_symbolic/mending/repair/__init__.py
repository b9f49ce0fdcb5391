"""Wrong claim -> what is wrong with it: the kind of mistake, its place, its repair, and whether it only follows."""

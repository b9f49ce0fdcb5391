"""Wrong claim -> diagnosis, repair, corrected note."""

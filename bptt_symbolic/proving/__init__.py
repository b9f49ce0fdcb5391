"""Claim -> verdict: readings settled by methods that propose and a kernel that confirms."""

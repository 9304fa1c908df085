"""The law as data: what a jurisdiction's file may say, and the question the plan and the guard both ask."""

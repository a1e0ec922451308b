/** What happens to a tick of a schedule while the run of the one before is not over. */
export type Overlap = 'skip' | 'queue' | 'cancel-previous';

/** Which ticks are made up for that came while nobody was there to make them. */
export type CatchUp = 'none' | 'last' | 'all';

import { defineConfig, globalIgnores } from 'eslint/config';
import { lintConfig } from './eslint/config.mjs';

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', '.typeflow/', 'test/architecture/fixtures/', 'test/types/fixtures/wrong/']),
  lintConfig(import.meta.dirname),
);

import { closestName } from '../../src/graph/closest-name';
import { kebabCase } from '../../src/graph/names';

describe('kebabCase', () => {
  it.each([
    ['OrderWorkflow', 'order-workflow'],
    ['HTTPImport2', 'http-import2'],
    ['a', 'a'],
    ['Order2Cash', 'order2-cash'],
  ])('turns %s into %s', (className, name) => {
    expect(kebabCase(className)).toBe(name);
  });
});

describe('closestName', () => {
  const names = ['validate', 'pay', 'processPayment', 'ship'];

  it.each([
    ['valdiate', 'validate'],
    ['VALIDATE', 'validate'],
    ['processPaymnt', 'processPayment'],
    ['pya', 'pay'],
    ['shop', 'ship'],
  ])('takes %s for %s', (name, meant) => {
    expect(closestName(name, names)).toBe(meant);
  });

  it.each(['', 'x', 'up', 'cancel', 'y'.repeat(101)])('takes %p for nothing', (name) => {
    expect(closestName(name, names)).toBeUndefined();
  });

  it('prefers the closer one, and does not search thousands of names', () => {
    expect(closestName('shipment', ['shipmint2', 'shipmant'])).toBe('shipmant');
    const many = Array.from({ length: 3_000 }, (_, i) => `task${i}`);
    expect(closestName('shop', [...many, 'ship'])).toBeUndefined();
  });
});
